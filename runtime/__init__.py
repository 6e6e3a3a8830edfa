"""The processes: supervisor, feeds, web, scheduler, hub, logging, metrics."""
