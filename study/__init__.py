"""Run perception studies: protocol, plan, participants in the browser, export."""
