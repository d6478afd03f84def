//! Certificates a second, beside what the PDF library takes for the same pages.

fn main() {}
