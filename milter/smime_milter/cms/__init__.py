"""CMS (RFC 5652) as S/MIME uses it (RFC 8551): SignedData and EnvelopedData, made and read, and the MIME around them."""
