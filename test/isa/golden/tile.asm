; One matrix tile: constants, labels, comments, a loop.
        .equ    OUTPUTS, 64 * 2
        .equ    TO_HUB, 3
        LI      r1, 0x20         # tokens
        li      r2, -1.5
token:  CLRA    0, OUTPUTS
        CONSUME r3, 0, 1
        SENDA   TO_HUB, 0, OUTPUTS
        LOOP    r1, token
        HALT

; ====================
;    0  0x1010000000200000          LI      r1, 0x20         # tokens
;    1  0x1020bfc000000000          li      r2, -1.5
;    2  0x3000000004000000  token:  CLRA    0, OUTPUTS
;    3  0x3130000100000000          CONSUME r3, 0, 1
;    4  0x4000c00004000000          SENDA   TO_HUB, 0, OUTPUTS
;    5  0x0810000020000000          LOOP    r1, token
;    6  0x0200000000000000          HALT
