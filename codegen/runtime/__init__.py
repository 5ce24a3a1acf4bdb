"""The client that every generated package carries: real Python, tested here, copied there.

Nothing in it is about one provider; what differs is data (`description`), written by the generator.
"""
