"""The lens in a browser: server-rendered pages over a backend; every state is a URL."""
