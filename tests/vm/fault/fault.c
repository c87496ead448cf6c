// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes one function of the kernel fail, for one program: its caller gets an error, and
 * its body is not run.
 *
 *   insmod fault.ko function=NAME error=-12 [call=1] [program=NAME]
 *
 * The given call of the program (counted from 1) fails, the others work as ever. The
 * parameter calls tells how many there were; rmmod ends it. Only for functions that
 * return an int, and that were neither inlined nor marked as not to be probed.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/linkage.h>
#include <linux/module.h>
#include <linux/sched.h>

static char *function, *program = "";
static int error, call = 1;
static atomic_t seen = ATOMIC_INIT(0);

static int show_calls(char *buffer, const struct kernel_param *parameter)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&seen));
}

static const struct kernel_param_ops calls_ops = { .get = show_calls };

module_param(function, charp, 0444);
module_param(program, charp, 0444);
module_param(error, int, 0444);
module_param(call, int, 0444);
module_param_cb(calls, &calls_ops, NULL, 0444);

/* Stands in for the function's body: the probe sits at its first instruction, where the
 * return address is on the top of the stack. */
void fault_return(void);
asm(".text\n"
    ".type fault_return, @function\n"
    ".globl fault_return\n"
    "fault_return:\n"
    "	endbr64\n"
    "	" ASM_RET ".size fault_return, . - fault_return\n");

static int before_function(struct kprobe *probe, struct pt_regs *regs)
{
	if (*program && strcmp(current->comm, program))
		return 0;
	if (atomic_inc_return(&seen) != call)
		return 0;
	regs_set_return_value(regs, error);
	instruction_pointer_set(regs, (unsigned long)fault_return);
	return 1; /* the instruction under the probe is not executed */
}
NOKPROBE_SYMBOL(before_function);

static struct kprobe probe = { .pre_handler = before_function };

static int __init fault_init(void)
{
	if (!function || error >= 0)
		return -EINVAL;
	probe.symbol_name = function;
	return register_kprobe(&probe);
}

static void __exit fault_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(fault_init);
module_exit(fault_exit);
MODULE_DESCRIPTION("Makes one function of the kernel fail for one program");
MODULE_LICENSE("GPL");
