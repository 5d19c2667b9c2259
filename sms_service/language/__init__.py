"""Text in, text out: understanding what people type, composing what they read."""
