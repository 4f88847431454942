//! What a launcher is told of the process that it becomes or starts, as bytes on its standard
//! input: fields of a length (4 bytes, little-endian) and as many bytes, in the order of the
//! structures.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use super::BuiltinJob;

/// A builder's process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Orders {
    /// The process that wants the builder. Without it the builder is not started.
    pub(super) parent: u32,
    /// The program, as it is found where the builder runs.
    pub(super) program: OsString,
    /// The program's name for itself.
    pub(super) name: OsString,
    pub(super) arguments: Vec<OsString>,
    pub(super) variables: Vec<(OsString, OsString)>,
    /// Where it begins, as it is called where the builder runs.
    pub(super) directory: PathBuf,
    /// Whether the machine says that it has 32 bits.
    pub(super) thirty_two_bits: bool,
    /// Whether the system calls that make files that a store cannot hold are refused.
    pub(super) filter_system_calls: bool,
    /// User and group to become, when this process is not to stay what it is.
    pub(super) user: Option<UserOrders>,
    pub(super) sandbox: Option<SandboxOrders>,
    /// What a builder that is part of this program needs besides. Then `program` is not executed.
    pub(super) builtin: Option<BuiltinOrders>,
    /// Whether the groups that this process has besides are given up, or nothing is started.
    pub(super) drop_groups: bool,
    /// What to do instead of starting a builder.
    pub(super) instead: Instead,
    /// What to do in a sandbox in place of starting a builder.
    pub(super) join: Option<JoinOrders>,
}

/// Work of a launcher that starts no builder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Instead {
    #[default]
    Nothing,
    /// To come as far as a builder would, and end.
    Trial,
    /// To end all processes of the user.
    EndProcesses,
}

/// A builder that is part of this program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BuiltinOrders {
    /// Its name after `builtin:`.
    pub(super) name: OsString,
    /// The paths of the outputs by name, as they are called where the builder runs.
    pub(super) outputs: Vec<(OsString, OsString)>,
    pub(super) has_network: bool,
    pub(super) settings: Vec<u8>,
}

/// Something that appears in a sandbox that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JoinOrders {
    /// The process that made the sandbox's namespaces.
    pub(super) process: u32,
    /// The directory that is its root, seen from outside.
    pub(super) root: PathBuf,
    pub(super) mount: Mount,
}

/// The user that a builder is run as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct UserOrders {
    pub(super) user: u32,
    pub(super) group: u32,
    /// The other groups of the user.
    pub(super) groups: Vec<u32>,
}

/// The surroundings of a builder that sees only these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SandboxOrders {
    /// The directory that becomes the builder's root.
    pub(super) root: PathBuf,
    /// What appears in it, in this order.
    pub(super) mounts: Vec<Mount>,
    /// Whether the builder has the network of this machine, rather than one of its own.
    pub(super) network: bool,
    /// The size of `/dev/shm`, as the file system `tmpfs` takes it.
    pub(super) shared_memory: String,
    /// Whether `/dev` is made: it is not when it was asked for as a mount.
    pub(super) devices: bool,
    /// The user and the group that the builder is, for itself.
    pub(super) user: u32,
    pub(super) group: u32,
    /// Whether what of `/proc` concerns the whole machine is read-only. The owner of the machine
    /// may write it, whichever number the sandbox gives them.
    pub(super) protect_kernel: bool,
    /// The directory, seen from outside, in which something may appear later.
    pub(super) growing: Option<PathBuf>,
}

/// A file or directory of this machine in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// What is seen.
    pub(super) source: PathBuf,
    /// Where, absolute within the sandbox.
    pub(super) target: PathBuf,
    /// Whether it is left out when there is no source.
    pub(super) optional: bool,
    /// Whether the builder may write there, as far as its user may.
    pub(super) writable: bool,
}

impl BuiltinOrders {
    /// Returns the job that the orders describe.
    pub(super) fn job(&self, orders: &Orders) -> BuiltinJob {
        let bytes = |text: &OsString| text.as_bytes().to_vec();
        BuiltinJob {
            variables: orders
                .variables
                .iter()
                .map(|(name, value)| (bytes(name), bytes(value)))
                .collect(),
            outputs: self
                .outputs
                .iter()
                .map(|(name, path)| (name.to_string_lossy().into_owned(), path.into()))
                .collect::<BTreeMap<_, _>>(),
            directory: orders.directory.clone(),
            has_network: self.has_network,
            settings: self.settings.clone(),
        }
    }
}

impl Orders {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer(Vec::new());
        writer.number(self.parent);
        writer.bytes(self.program.as_bytes());
        writer.bytes(self.name.as_bytes());
        writer.list(&self.arguments, |writer, argument| {
            writer.bytes(argument.as_bytes());
        });
        writer.list(&self.variables, |writer, (name, value)| {
            writer.bytes(name.as_bytes());
            writer.bytes(value.as_bytes());
        });
        writer.bytes(self.directory.as_os_str().as_bytes());
        writer.flag(self.thirty_two_bits);
        writer.flag(self.filter_system_calls);
        writer.list(self.user.as_slice(), |writer, user| {
            writer.number(user.user);
            writer.number(user.group);
            writer.list(&user.groups, |writer, group| writer.number(*group));
        });
        writer.list(self.sandbox.as_slice(), |writer, sandbox| {
            writer.bytes(sandbox.root.as_os_str().as_bytes());
            writer.list(&sandbox.mounts, Writer::mount);
            writer.flag(sandbox.network);
            writer.bytes(sandbox.shared_memory.as_bytes());
            writer.flag(sandbox.devices);
            writer.number(sandbox.user);
            writer.number(sandbox.group);
            writer.flag(sandbox.protect_kernel);
            writer.list(sandbox.growing.as_slice(), |writer, path| {
                writer.bytes(path.as_os_str().as_bytes());
            });
        });
        writer.flag(self.drop_groups);
        writer.flag(self.instead == Instead::Trial);
        writer.flag(self.instead == Instead::EndProcesses);
        writer.list(self.builtin.as_slice(), |writer, builtin| {
            writer.bytes(builtin.name.as_bytes());
            writer.list(&builtin.outputs, |writer, (name, path)| {
                writer.bytes(name.as_bytes());
                writer.bytes(path.as_bytes());
            });
            writer.flag(builtin.has_network);
            writer.bytes(&builtin.settings);
        });
        writer.list(self.join.as_slice(), |writer, join| {
            writer.number(join.process);
            writer.bytes(join.root.as_os_str().as_bytes());
            writer.mount(&join.mount);
        });
        writer.0
    }

    /// # Errors
    /// When they are not such orders.
    pub(super) fn decode(bytes: &[u8]) -> io::Result<Orders> {
        let mut reader = Reader(bytes);
        let orders = Orders {
            parent: reader.number()?,
            program: reader.text()?,
            name: reader.text()?,
            arguments: reader.list(Reader::text)?,
            variables: reader.list(|reader| Ok((reader.text()?, reader.text()?)))?,
            directory: reader.text()?.into(),
            thirty_two_bits: reader.flag()?,
            filter_system_calls: reader.flag()?,
            user: reader.list(Reader::user)?.pop(),
            sandbox: reader.list(Reader::sandbox)?.pop(),
            drop_groups: reader.flag()?,
            instead: match (reader.flag()?, reader.flag()?) {
                (true, _) => Instead::Trial,
                (_, true) => Instead::EndProcesses,
                _ => Instead::Nothing,
            },
            builtin: reader.list(Reader::builtin)?.pop(),
            join: reader.list(Reader::join)?.pop(),
        };
        if reader.0.is_empty() {
            Ok(orders)
        } else {
            Err(malformed())
        }
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u32) {
        self.bytes(&number.to_le_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.bytes(&[u8::from(flag)]);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        // The kernel takes no longer arguments than 128 KiB, nor paths than 4 KiB.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn mount(&mut self, mount: &Mount) {
        self.bytes(mount.source.as_os_str().as_bytes());
        self.bytes(mount.target.as_os_str().as_bytes());
        self.flag(mount.optional);
        self.flag(mount.writable);
    }

    fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Writer, &T)) {
        self.number(u32::try_from(items.len()).unwrap_or(u32::MAX));
        for each in items {
            item(self, each);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> io::Result<u32> {
        let bytes = self.bytes()?.try_into().map_err(|_| malformed())?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn flag(&mut self) -> io::Result<bool> {
        Ok(self.bytes()? == [1])
    }

    fn bytes(&mut self) -> io::Result<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk().ok_or_else(malformed)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| malformed())?;
        let (bytes, rest) = rest.split_at_checked(length).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> io::Result<OsString> {
        Ok(OsString::from_vec(self.bytes()?.to_vec()))
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> io::Result<T>) -> io::Result<Vec<T>> {
        (0..self.number()?).map(|_| item(self)).collect()
    }

    fn user(&mut self) -> io::Result<UserOrders> {
        Ok(UserOrders {
            user: self.number()?,
            group: self.number()?,
            groups: self.list(Reader::number)?,
        })
    }

    fn sandbox(&mut self) -> io::Result<SandboxOrders> {
        Ok(SandboxOrders {
            root: self.text()?.into(),
            mounts: self.list(Reader::mount)?,
            network: self.flag()?,
            shared_memory: self.text()?.to_string_lossy().into_owned(),
            devices: self.flag()?,
            user: self.number()?,
            group: self.number()?,
            protect_kernel: self.flag()?,
            growing: self.list(Reader::text)?.pop().map(PathBuf::from),
        })
    }

    fn builtin(&mut self) -> io::Result<BuiltinOrders> {
        Ok(BuiltinOrders {
            name: self.text()?,
            outputs: self.list(|reader| Ok((reader.text()?, reader.text()?)))?,
            has_network: self.flag()?,
            settings: self.bytes()?.to_vec(),
        })
    }

    fn mount(&mut self) -> io::Result<Mount> {
        Ok(Mount {
            source: self.text()?.into(),
            target: self.text()?.into(),
            optional: self.flag()?,
            writable: self.flag()?,
        })
    }

    fn join(&mut self) -> io::Result<JoinOrders> {
        Ok(JoinOrders {
            process: self.number()?,
            root: self.text()?.into(),
            mount: self.mount()?,
        })
    }
}

fn malformed() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the launcher was not told properly what to start",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = OsString> {
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(OsString::from_vec)
    }

    fn mount() -> impl Strategy<Value = Mount> {
        (text(), text(), any::<bool>(), any::<bool>()).prop_map(
            |(source, target, optional, writable)| Mount {
                source: source.into(),
                target: target.into(),
                optional,
                writable,
            },
        )
    }

    fn orders() -> impl Strategy<Value = Orders> {
        let sandbox = (
            text(),
            (
                proptest::collection::vec(mount(), 0..4),
                proptest::option::of(text()),
            ),
            "[0-9]{1,3}%",
            any::<(bool, bool, bool)>(),
            any::<(u32, u32)>(),
        )
            .prop_map(|(root, mounts, size, flags, ids)| SandboxOrders {
                root: root.into(),
                mounts: mounts.0,
                network: flags.0,
                shared_memory: size,
                devices: flags.1,
                user: ids.0,
                group: ids.1,
                protect_kernel: flags.2,
                growing: mounts.1.map(PathBuf::from),
            });
        let join = (any::<u32>(), text(), mount()).prop_map(|(process, root, mount)| JoinOrders {
            process,
            root: root.into(),
            mount,
        });
        let user = any::<(u32, u32, Vec<u32>)>().prop_map(|(user, group, groups)| UserOrders {
            user,
            group,
            groups,
        });
        let pairs = || proptest::collection::vec((text(), text()), 0..4);
        let settings = proptest::collection::vec(any::<u8>(), 0..20);
        let builtin = (text(), pairs(), any::<bool>(), settings).prop_map(
            |(name, outputs, has_network, settings)| BuiltinOrders {
                name,
                outputs,
                has_network,
                settings,
            },
        );
        (
            any::<(u32, bool, bool)>(),
            (text(), text(), text()),
            proptest::collection::vec(text(), 0..4),
            pairs(),
            proptest::option::of(user),
            proptest::option::of(sandbox),
            proptest::option::of(builtin),
            proptest::option::of(join),
        )
            .prop_map(
                |(numbers, texts, arguments, variables, user, sandbox, builtin, join)| Orders {
                    parent: numbers.0,
                    program: texts.0,
                    name: texts.1,
                    arguments,
                    variables,
                    directory: texts.2.into(),
                    thirty_two_bits: numbers.1,
                    filter_system_calls: numbers.2,
                    user,
                    sandbox,
                    builtin,
                    drop_groups: numbers.2,
                    instead: if numbers.1 {
                        Instead::Trial
                    } else {
                        Instead::EndProcesses
                    },
                    join,
                },
            )
    }

    proptest! {
        #[test]
        fn orders_arrive_as_they_were_given(orders in orders(), cut in any::<usize>()) {
            let bytes = orders.encode();
            prop_assert_eq!(&Orders::decode(&bytes).expect("orders"), &orders);
            prop_assert!(Orders::decode(&bytes[..cut % bytes.len()]).is_err());
        }
    }
}
