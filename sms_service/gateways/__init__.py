"""How texts leave for the mobile network."""
