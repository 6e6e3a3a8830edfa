"""The border domain picture: observations, tracks, fusion, zones, movements, history."""
