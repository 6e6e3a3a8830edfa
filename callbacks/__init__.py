"""What happens when someone acts: the guard, the route table, one module per page."""
