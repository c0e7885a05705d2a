; Text that cannot be read; the label of a broken line still counts.
bad:    LI      r1, 3x
        LI      r1, @
        LI      r1, (1 + 2
        LI      r1, 1 2
        LI      r1,
        LI      , 1
        12      r1
        .equ    1, 2
        .equ    N
        .org    later
        .word
later:  JMP     bad

; ====================
; syntax-errors.asm:2:21: '3x' is neither a name nor a number
;     bad:    LI      r1, 3x
;                         ^~
; syntax-errors.asm:3:21: '@' is neither a name nor a number
;             LI      r1, @
;                         ^
; syntax-errors.asm:4:21: this parenthesis is not closed
;             LI      r1, (1 + 2
;                         ^
; syntax-errors.asm:5:23: expected an operator or a comma before '2'
;             LI      r1, 1 2
;                           ^
; syntax-errors.asm:6:20: expected a number or a symbol
;             LI      r1,
;                        ^
; syntax-errors.asm:7:17: LI: rd takes a register
;             LI      , 1
;                     ^
;     hint: registers are r0 to r15
; syntax-errors.asm:8:9: expected an instruction, a directive or a label, found '12'
;             12      r1
;             ^~
; syntax-errors.asm:9:17: .equ takes a name and a value
;             .equ    1, 2
;                     ^
;     hint: write: .equ NAME, value
; syntax-errors.asm:10:17: .equ takes a name and a value
;             .equ    N
;                     ^
;     hint: write: .equ NAME, value
; syntax-errors.asm:11:17: no label or constant 'later'
;             .org    later
;                     ^~~~~
;     hint: directives use labels and constants that stand above them
; syntax-errors.asm:12:14: .word needs at least one value
;             .word
;                  ^
