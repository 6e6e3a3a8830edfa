"""Scripts that make the shipped map data. Run by a person when the sources change, never by the product."""
