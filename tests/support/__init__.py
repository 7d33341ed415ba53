"""What tests build with: a declared CA, mails, fakes."""
