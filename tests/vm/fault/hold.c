// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holds a lock of the kernel until it is unloaded, as a driver does that hangs.
 *
 *   insmod hold.ko lock=rtnl   that of all network interfaces
 *   insmod hold.ko lock=NAME   that of a PCI or USB device, which its probe has
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/usb.h>

static char *lock = "";
static struct device *device; /* NULL: the lock is RTNL */
static struct task_struct *thread;
static DECLARE_COMPLETION(is_held);

module_param(lock, charp, 0444);

static void take(void)
{
	if (device)
		device_lock(device);
	else
		rtnl_lock();
}

static void let_go(void)
{
	if (device)
		device_unlock(device);
	else
		rtnl_unlock();
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

static int is_wanted(struct usb_device *found, void *data)
{
	if (strcmp(dev_name(&found->dev), lock))
		return 0;
	device = get_device(&found->dev);
	return 1;
}

static int __init hold_init(void)
{
	if (strcmp(lock, "rtnl")) {
		device = bus_find_device_by_name(&pci_bus_type, NULL, lock);
		if (!device)
			usb_for_each_dev(NULL, is_wanted);
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
