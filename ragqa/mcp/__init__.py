"""The face for assistants: the Model Context Protocol over stdio and over HTTP. It needs the extra `mcp`."""
