"""One small gateway for each AWS service that we call: paging, batching, retries, nothing else."""
