"""The core (コアシステム): decides every inquiry by the law, records it, and knows nobody (design 1)."""
