; Slips in names: instruction, label, register, directive; a name given twice.
start:  CONSUEM r1, 0, 1
        JMP     strat
        ADD     r1, r2, r16
        ADD     r1, 2, x3
        .equal  X, 1
start:  NOP
r5:     NOP
        .equ    r6, 1
        LI      r1, r2

; ====================
; names-errors.asm:2:9: no instruction 'CONSUEM'
;     start:  CONSUEM r1, 0, 1
;             ^~~~~~~
;     hint: did you mean 'CONSUME'?
; names-errors.asm:3:17: no label or constant 'strat'
;             JMP     strat
;                     ^~~~~
;     hint: did you mean 'start'?
; names-errors.asm:4:25: no register 'r16'
;             ADD     r1, r2, r16
;                             ^~~
;     hint: registers are r0 to r15
; names-errors.asm:5:21: ADD: rs takes a register, found '2'
;             ADD     r1, 2, x3
;                         ^
;     hint: registers are r0 to r15
; names-errors.asm:5:24: ADD: rt takes a register, found 'x3'
;             ADD     r1, 2, x3
;                            ^~
;     hint: registers are r0 to r15
; names-errors.asm:6:9: no directive '.equal'
;             .equal  X, 1
;             ^~~~~~
;     hint: did you mean .equ?
; names-errors.asm:7:1: 'start' is defined twice
;     start:  NOP
;     ^~~~~
;     hint: first defined on line 2
; names-errors.asm:8:1: 'r5' is a register and cannot name a label or constant
;     r5:     NOP
;     ^~
; names-errors.asm:9:17: 'r6' is a register and cannot name a label or constant
;             .equ    r6, 1
;                     ^~
; names-errors.asm:10:21: expected a number, found register 'r2'
;             LI      r1, r2
;                         ^~
