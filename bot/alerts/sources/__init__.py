"""One file for each kind of event: `NAME`, `SAMPLE`, `recognises(event)` and `parse(event)`."""
