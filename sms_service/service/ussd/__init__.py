"""USSD: a menu that every dialect shares, its sessions, and how it asks for bills."""
