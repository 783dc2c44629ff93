"""What comes in: WARC files, papers, test collections, read as `Document | Rejected`."""
