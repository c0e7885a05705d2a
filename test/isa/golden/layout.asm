; Directives that move the address, labels on lines of their own, several labels at one place.
        JMP     main
        .org    4
table:  .word   1, -1, table + 2
a: b:
        .align  8
main:   BNE     r1, r2, table    ; a label used before and after
        BGE     r15, r0, end - 1
        ST      r1, table, r2
end:

; ====================
;    0  0x0300000080000000          JMP     main
;    1  0x0000000000000000
;    2  0x0000000000000000
;    3  0x0000000000000000
;    4  0x0000000000000001  table:  .word   1, -1, table + 2
;    5  0xffffffffffffffff  table:  .word   1, -1, table + 2
;    6  0x0000000000000006  table:  .word   1, -1, table + 2
;    7  0x0100000000000000
;    8  0x0501200040000000  main:   BNE     r1, r2, table    ; a label used before and after
;    9  0x070f0000a0000000          BGE     r15, r0, end - 1
;   10  0x1901200020000000          ST      r1, table, r2
