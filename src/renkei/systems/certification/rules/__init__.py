"""Pure decisions of the authority: who may be named how, what a request must prove, what certificates and lists say."""
