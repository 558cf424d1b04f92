# Runs as root in a mount and a process namespace of its own: makes "$1" the root directory, with the toolchain "$2" at
# /opt/rust, and runs the rest as user "$3" in "$4". All mounts end with the namespace.
set -eu
root=$1 toolchain=$2 user=$3 home=$4
shift 4

mount --bind "$root" "$root"
mkdir -p "$root/opt/rust" "$root/old"
mount --bind "$toolchain" "$root/opt/rust"
mount -o remount,bind,ro "$root/opt/rust"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    : > "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for number in 0 1 2; do
    ln -s "/proc/self/fd/$number" "$root/dev/$(echo "stdin stdout stderr" | cut -d ' ' -f $((number + 1)))"
done

# A new root and not only chroot, which would deny the tests namespaces of their own.
cd "$root"
pivot_root . old
umount --lazy /old
cd "$home/leash"
# This shell stays, as root: it takes in the orphans of what it runs, and is told to end when xtask ends, which the
# kernel forgets for a process that becomes another user.
status=0
setpriv --reuid="$user" --regid="$user" --clear-groups "$@" || status=$?
exit "$status"
