//! Clients at a socket.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use nix_store::StoreError;

/// Who is at the other end of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The number of the process.
    pub process: i32,
    /// The number of the user.
    pub user: u32,
    /// The number of the group.
    pub group: u32,
}

/// A socket at which clients are taken. It is deleted when this is dropped.
#[derive(Debug)]
pub struct Listener {
    listener: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Makes the socket, which everybody may connect to, in place of one of old.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn bind(path: &Path) -> Result<Listener, StoreError> {
        let failed = |action| {
            move |error: io::Error| StoreError::Io {
                action,
                path: path.to_owned(),
                error,
            }
        };
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(failed("create the directory of"))?;
        }
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("delete")(error));
            }
            _ => {}
        }
        let listener = UnixListener::bind(path).map_err(failed("create socket"))?;
        fs::set_permissions(path, Permissions::from_mode(0o666))
            .map_err(failed("set the mode of"))?;
        Ok(Listener {
            listener,
            path: path.to_owned(),
        })
    }

    /// Waits for the next client.
    ///
    /// # Errors
    /// When the system cannot take one, or does not say who it is.
    pub fn accept(&self) -> io::Result<(UnixStream, Peer)> {
        let (socket, _) = self.listener.accept()?;
        let peer = rustix::net::sockopt::socket_peercred(&socket)?;
        Ok((
            socket,
            Peer {
                process: peer.pid.as_raw_nonzero().get(),
                user: peer.uid.as_raw(),
                group: peer.gid.as_raw(),
            },
        ))
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // One that stays is replaced by the next.
        let _ = fs::remove_file(&self.path);
    }
}
