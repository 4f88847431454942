# The keys of a property list of launchd. See <https://keith.github.io/xcode-man-pages/launchd.plist.5.html>.
{ lib, ... }:

let
  inherit (lib) mkOption types;

  nullable =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  flag = nullable types.bool;
  number = nullable types.int;
  text = nullable types.str;
  texts = nullable (types.listOf types.str);
  section = options: types.submodule { inherit options; };

  limits = section {
    Core = number "Largest size of a core file, in bytes.";
    CPU = number "Seconds of processor time.";
    Data = number "Largest size of the data segment, in bytes.";
    FileSize = number "Largest size of a file, in bytes.";
    MemoryLock = number "Bytes of memory that can be locked.";
    NumberOfFiles = number "Number of open files.";
    NumberOfProcesses = number "Number of processes of the user.";
    ResidentSetSize = number "Largest size of the resident set, in bytes.";
    Stack = number "Largest size of the stack, in bytes.";
  };

  # An entry twice would start the job twice.
  uniqueListOf =
    type:
    let
      list = types.nonEmptyListOf type;
    in
    list
    // {
      description = "unique ${types.optionDescriptionPhrase (class: class == "noun") list}";
      merge =
        loc: definitions:
        let
          merged = list.merge loc definitions;
        in
        if lib.allUnique merged then
          merged
        else
          throw ''
            The option `${lib.showOption loc}' contains duplicate entries after merging:
            ${lib.options.showDefs definitions}'';
    };

  calendarEntry =
    let
      part = lowest: highest: description: nullable (types.ints.between lowest highest) description // {
        defaultText = lib.literalMD "`*`";
      };
    in
    section {
      Minute = part 0 59 "Minute.";
      Hour = part 0 23 "Hour.";
      Day = part 1 31 "Day of the month.";
      Weekday = part 0 7 "Day of the week; 0 and 7 are Sunday.";
      Month = part 1 12 "Month.";
    };
in
{
  # launchd can have more keys.
  freeformType = types.attrsOf types.anything;

  options = {
    Label = mkOption {
      type = types.str;
      description = "The name of the agent, which no other job has.";
    };

    Program = nullable (types.either types.path types.str) "The program that is run.";
    ProgramArguments = texts "The words of the command; without {option}`Program`, the first is the program.";

    AbandonProcessGroup = flag "Whether processes of the job keep running when it ends.";
    Debug = flag "Whether launchd logs more about the job.";
    Disabled = flag "Whether the job is not loaded.";
    EnableGlobbing = flag "Whether patterns in arguments are replaced with the names of files.";
    EnableTransactions = flag "Whether the job reports its transactions.";
    EnvironmentVariables = nullable (types.attrsOf types.str) "Environment variables.";
    ExitTimeOut = number "Seconds between SIGTERM and SIGKILL.";
    GroupName = text "Group that the job runs as.";
    HardResourceLimits = nullable limits "Limits of resources that the job cannot raise." // {
      example.NumberOfFiles = 4096;
    };
    InitGroups = flag "Whether groups are initialized for the user.";
    KeepAlive = nullable (types.either types.bool (section {
      SuccessfulExit = flag "Whether the job restarts after success, or after a failure if false.";
      NetworkState = flag "Whether the job runs while there is a network.";
      PathState = nullable (types.attrsOf types.bool) "Whether the job runs while paths exist, or do not.";
      OtherJobEnabled = nullable (types.attrsOf types.bool) "Whether the job runs while other jobs are loaded, or are not.";
      Crashed = flag "Whether the job restarts after a crash.";
      AfterInitialDemand = flag "Whether the conditions apply only once the job was started.";
    })) "Whether the job always runs, or when.";
    LaunchEvents = nullable types.attrs "Events that start the job. See {manpage}`xpc_events(3)`.";
    LaunchOnlyOnce = flag "Whether the job can run only once.";
    LimitLoadFromHosts = texts "Hosts that the job is not for.";
    LimitLoadToHosts = texts "Hosts that the job is for.";
    LimitLoadToSessionType = nullable (types.either types.str (types.listOf types.str)) "Kinds of sessions that the agent is for.";
    LowPriorityBackgroundIO = flag "Whether input and output have low priority in the background.";
    LowPriorityIO = flag "Whether input and output have low priority.";
    MachServices = nullable (types.attrsOf (
      types.either types.bool (section {
        ResetAtClose = flag "Whether the port is made again when it is closed.";
        HideUntilCheckIn = flag "Whether lookups fail until the job has checked in.";
      })
    )) "Mach services of the job." // {
      example."org.nixos.service".ResetAtClose = true;
    };
    Nice = number "Nice value.";
    OnDemand = flag "Former form of {option}`KeepAlive`, with the opposite meaning.";
    ProcessType = nullable (types.enum [
      "Background"
      "Standard"
      "Adaptive"
      "Interactive"
    ]) "Resources that the job needs." // {
      example = "Background";
    };
    QueueDirectories = texts "Directories that keep the job running while they are not empty.";
    RootDirectory = text "Directory to change the root to.";
    RunAtLoad = flag "Whether the job starts when it is loaded.";
    ServiceIPC = flag "Whether the job talks to launchd.";
    SessionCreate = flag "Whether the job has a security session of its own.";
    Sockets = nullable (types.attrsOf (section {
      SockType = nullable (types.enum [
        "stream"
        "dgram"
        "seqpacket"
      ]) "Kind of the socket.";
      SockPassive = flag "Whether the socket listens, instead of connecting.";
      SockNodeName = text "Address of the socket.";
      SockServiceName = text "Port of the socket.";
      SockFamily = nullable (types.enum [
        "IPv4"
        "IPv6"
      ]) "Family of the address.";
      SockProtocol = nullable (types.enum [ "TCP" ]) "Protocol of the socket.";
      SockPathName = nullable types.path "Path of a Unix socket.";
      SecureSocketWithKey = text "Variable with the path of a Unix socket that launchd names.";
      SockPathMode = number "Mode of a Unix socket, as a decimal number.";
      Bonjour = nullable (types.either types.bool (types.listOf types.str)) "Whether Bonjour announces the socket, or names for it.";
      MulticastGroup = text "Multicast group to join.";
    })) "Sockets of the job, which start it.";
    SoftResourceLimits = nullable limits "Limits of resources.";
    StandardErrorPath = nullable types.path "File for errors.";
    StandardInPath = nullable types.path "File for input.";
    StandardOutPath = nullable types.path "File for output.";
    StartCalendarInterval = nullable (types.either calendarEntry (uniqueListOf calendarEntry)) "Times when the job starts." // {
      example = [
        {
          Hour = 2;
          Minute = 30;
        }
      ];
    };
    StartInterval = number "Seconds between starts.";
    StartOnMount = flag "Whether the job starts when a file system is mounted.";
    ThrottleInterval = number "Seconds between starts, at least.";
    TimeOut = number "Seconds that the job can be idle.";
    Umask = number "Umask, as a decimal number.";
    UserName = text "User that the job runs as.";
    WaitForDebugger = flag "Whether the job waits for a debugger.";
    WatchPaths = nullable (types.listOf types.path) "Paths whose changes start the job.";
    WorkingDirectory = text "Working directory.";

    inetdCompatibility = nullable (section {
      Wait = nullable (types.either types.bool types.str) "Whether the job gets the listening socket, as with \"wait\" of inetd.";
    }) "Runs the job as inetd would." // {
      example.Wait = true;
    };
  };
}
