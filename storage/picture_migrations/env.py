from storage.migration_environment import run

run()
