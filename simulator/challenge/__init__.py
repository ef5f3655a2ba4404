"""“Diagnose this”: challenges are made, played, answered and marked here."""
