"""The API, the pages, and what CRM plugins call."""
