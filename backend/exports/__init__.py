"""Reports to hand over: workbooks, CSV, Parquet and PDF, made by the worker and kept for a few days."""
