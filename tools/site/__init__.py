"""The static site that runs the lessons in the browser, with JupyterLite and Pyodide."""
