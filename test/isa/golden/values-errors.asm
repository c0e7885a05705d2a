; Values that do not fit, wrong kinds, wrong counts of operands.
        VADD    131072, 0, 16384
        RECV    64, -1
        LI      r1, 4294967296
        CLRA    0, 1.5
        LI      r1, 1.0 + 1
        LI      r1, 1e99
        LOOP    r1
        HALT    1
        NOP     r1, r2
        SIGNAL  1, 2
        .word   0x1ffffffffffffffff
        .org    2
        .align  0

; ====================
; values-errors.asm:2:17: VADD: dst = 131072 does not fit its 17 bits (0..131071)
;             VADD    131072, 0, 16384
;                     ^~~~~~
; values-errors.asm:2:28: VADD: len = 16384 does not fit its 14 bits (0..16383)
;             VADD    131072, 0, 16384
;                                ^~~~~
; values-errors.asm:3:17: RECV: sem = 64 does not fit its 6 bits (0..63)
;             RECV    64, -1
;                     ^~
; values-errors.asm:3:21: RECV: count = -1 does not fit its 16 bits (0..65535)
;             RECV    64, -1
;                         ^~
; values-errors.asm:4:21: LI: imm = 4294967296 does not fit its 32 bits (-2147483648..4294967295)
;             LI      r1, 4294967296
;                         ^~~~~~~~~~
; values-errors.asm:5:20: CLRA: len takes an integer, not a float
;             CLRA    0, 1.5
;                        ^~~
; values-errors.asm:6:25: '+' takes integers, and one side is a float
;             LI      r1, 1.0 + 1
;                             ^
;     hint: write the result as one float literal
; values-errors.asm:7:21: 1e99 is beyond a 32-bit float
;             LI      r1, 1e99
;                         ^~~~
; values-errors.asm:8:19: LOOP takes 2 operands, found 1
;             LOOP    r1
;                       ^
;     hint: write: LOOP rd, target
; values-errors.asm:9:17: HALT takes 0 operands, found 1
;             HALT    1
;                     ^
;     hint: write: HALT
; values-errors.asm:10:17: NOP takes 0 operands, found 2
;             NOP     r1, r2
;                     ^~
;     hint: write: NOP
; values-errors.asm:11:20: SIGNAL takes 1 operand, found 2
;             SIGNAL  1, 2
;                        ^
;     hint: write: SIGNAL route
; values-errors.asm:12:17: .word 36893488147419103231 is not a 64-bit integer
;             .word   0x1ffffffffffffffff
;                     ^~~~~~~~~~~~~~~~~~~
; values-errors.asm:13:17: .org 2 leads to no address from 11 (here) to 65536
;             .org    2
;                     ^
; values-errors.asm:14:17: .align 0 leads to no address from 11 (here) to 65536
;             .align  0
;                     ^
