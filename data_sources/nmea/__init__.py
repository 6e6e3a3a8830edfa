"""AIS over NMEA 0183: framing, tag blocks, joining, six-bit decoding. Shared by every AIS feed."""
