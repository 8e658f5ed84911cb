/** Type of pcapng's Section Header Block, the first four bytes of a file; a palindrome, alike in both byte orders. */
export const SECTION_HEADER_BLOCK = 0x0a0d0d0a;
