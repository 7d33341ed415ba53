"""What is to happen to a message: the whole policy of the product, pure and without I/O.

`decide` is the entry; `direction` says which side a message is on, `outbound` and `inbound`
hold the rules R1 to R12 in the order in which they apply.
"""
