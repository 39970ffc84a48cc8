"""All that training changes in PyTorch: copied, compared, restored to the bit, and saved."""
