"""`/api/v1`: the picture for other machines. Read only; GeoJSON where it is geography, problem+json when refused."""
