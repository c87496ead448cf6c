// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holds a lock of the kernel until it is unloaded, as a driver does that hangs.
 *
 *   insmod hold.ko lock=rtnl      that of network interfaces
 *   insmod hold.ko lock=rescan    that under which PCI devices come and go
 *   insmod hold.ko lock=ADDRESS   that of a PCI device, which its probe and removal have
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>

static char *lock = "";
static struct device *device; /* NULL: the lock is no device's */
static struct task_struct *thread;
static DECLARE_COMPLETION(is_held);

module_param(lock, charp, 0444);

static void take(void)
{
	if (device)
		device_lock(device);
	else if (!strcmp(lock, "rtnl"))
		rtnl_lock();
	else
		pci_lock_rescan_remove();
}

static void let_go(void)
{
	if (device)
		device_unlock(device);
	else if (!strcmp(lock, "rtnl"))
		rtnl_unlock();
	else
		pci_unlock_rescan_remove();
}

static int hold(void *data)
{
	take();
	complete(&is_held);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	let_go();
	return 0;
}

static int __init hold_init(void)
{
	if (strcmp(lock, "rtnl") && strcmp(lock, "rescan")) {
		device = bus_find_device_by_name(&pci_bus_type, NULL, lock);
		if (!device)
			return -ENODEV;
	}
	thread = kthread_run(hold, NULL, "hold");
	if (IS_ERR(thread)) {
		put_device(device);
		return PTR_ERR(thread);
	}
	wait_for_completion(&is_held);
	return 0;
}

static void __exit hold_exit(void)
{
	kthread_stop(thread);
	put_device(device);
}

module_init(hold_init);
module_exit(hold_exit);
MODULE_DESCRIPTION("Holds a lock of the kernel");
MODULE_LICENSE("GPL");
