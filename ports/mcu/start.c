/* Where a Cortex-M begins, for programs linked with mps2.ld and newlib's semihosting (rdimon): the
 * vector table, the floating-point unit, initialised data; from there newlib's start. */
#include <stdint.h>
#include <string.h>

/* of the linker script */
extern uint32_t stack_top[], data_in_flash[], data_begin[], data_end[];

void _start(void);
void _init(void);
void _fini(void);

static void reset(void)
{
#ifdef __ARM_FP
    /* full access to coprocessors 10 and 11, before the first floating-point instruction */
    volatile uint32_t *const cpacr = (volatile uint32_t *)0xE000ED88;
    *cpacr |= 0xfu << 20;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    memcpy(data_begin, data_in_flash, (size_t)((char *)data_end - (char *)data_begin));
    _start();
}

/* Tells the debugger (the emulator) that the program ended by an error, so that it does not wait.
 */
static void fault(void)
{
    register uint32_t operation __asm__("r0") = 0x18; /* exit */
    register uint32_t reason __asm__("r1") = 0x20023; /* run-time error */
    __asm__ volatile("bkpt 0xab" : "+r"(operation) : "r"(reason) : "memory");
    for (;;)
        ;
}

union vector {
    void *stack;
    void (*handler)(void);
};

__attribute__((section(".vectors"), used)) static const union vector vectors[16] = {
    {.stack = stack_top},
    {.handler = reset},
    {.handler = fault},
    {.handler = fault},
    {.handler = fault},
    {.handler = fault},
    {.handler = fault},
    {0},
    {0},
    {0},
    {0},
    {.handler = fault},
    {.handler = fault},
    {0},
    {.handler = fault},
    {.handler = fault},
};

/* newlib calls them around main */
void _init(void)
{
}

void _fini(void)
{
}
