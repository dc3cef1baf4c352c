"""Sources of one-time codes and approvers of push requests, for live runs."""
