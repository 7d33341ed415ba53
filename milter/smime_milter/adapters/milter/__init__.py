"""The MTA's side: callbacks that translate, one writer of edits, one boundary for everything that goes wrong."""
