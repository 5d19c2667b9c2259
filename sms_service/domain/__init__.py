"""What the business is: values and rules, without any input or output."""
