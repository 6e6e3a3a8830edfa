"""The ground under the picture: coasts, ports, airports. Data files and the readers that belong to them."""
