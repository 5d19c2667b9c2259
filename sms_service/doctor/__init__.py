"""What ``sms-service doctor`` looks at; it works when everything that is looked at is away."""
