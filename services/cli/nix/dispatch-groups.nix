# Groups for dispatch: builds that start together, each on a machine of its own if need be, and that
# succeed or fail as one. dispatch's docs/groups.md shows their use; this file needs nothing but Nix 2.8
# or newer. Put it beside your expressions, by `dispatch group library > dispatch-groups.nix`, and
# import it with nixpkgs or, where builds find a shell, curl, mkdir and ln on their machine, without:
#
#   groups = import ./dispatch-groups.nix { inherit pkgs; };
#   groups = import ./dispatch-groups.nix { };
{
  pkgs ? null,
  # Any POSIX shell.
  shell ? if pkgs == null then "/bin/sh" else "${pkgs.bash}/bin/bash",
  # 7.76 or newer.
  curl ? if pkgs == null then "/usr/bin/curl" else "${pkgs.curl}/bin/curl",
  # Where joins find mkdir and ln.
  path ? if pkgs == null then "/usr/bin:/bin" else "${pkgs.coreutils}/bin",
}:
let
  inherit (builtins) concatMap elem elemAt filter genList head length placeholder sort toFile;

  feature = "dispatch-group";

  # What a member's script may use, in any POSIX shell, after: . "$dispatchRendezvous"
  rendezvous = toFile "dispatch-rendezvous.sh" ''
    #   group self [KEY]                              name, role, host, group, id, attempt and size of mine
    #   group list [ROLE]                             NAME ROLE HOST of each member, me included
    #   group send MESSAGE [KEY=VALUE]...             says something to all, once and for ever
    #   group wait MESSAGE [from=NAME] [key=KEY]      what was said, once it was
    #   group wait-all MESSAGE [role=ROLE] [key=KEY]  what all said, once all of them have
    #   group sync BARRIER                            goes on when all members are here
    #   group put NAME FILE                           gives a small file to all
    #   group get NAME FILE [from=NAME]               writes that file, once it was given
    #   group fail REASON...                          fails, and the whole group with it
    group() (
      call=''${1-}
      [ "$#" -eq 0 ] || shift
      case $call in
        self) dispatchFacts "''${1-}" ;;
        list) dispatchAsk "list''${1:+?role=$1}" ;;
        send) dispatchSend "$@" ;;
        wait | wait-all) dispatchAsk "$call/$(dispatchTarget "$@")" ;;
        sync) dispatchAsk "sync/''${1-}" ;;
        put) dispatchAsk "put/''${1-}" --upload-file "''${2?'group put needs NAME and FILE'}" ;;
        get) dispatchGet "$@" ;;
        fail) dispatchAsk fail --data-raw "$*" && exit 1 ;;
        commit) dispatchAsk commit ;;
        *) dispatchTell "group '$call': there are self, list, send, wait, wait-all, sync, put, get, fail" ;;
      esac
    )

    dispatchTell() {
      printf 'dispatch: %s\n' "$1" >&2
      return 1
    }

    # Calls by its path, with further options of curl's.
    dispatchCall() {
      called=$1
      shift
      "$dispatchCurl" --silent --fail-with-body --unix-socket "$dispatchSocket" \
        --header "@$dispatchAuthorization" "$@" "http://group/$called"
    }

    # Prints the answer, or why there is none.
    dispatchAsk() {
      if answer=$(dispatchCall "$@"); then
        [ -z "$answer" ] || printf '%s\n' "$answer"
      else
        dispatchTell "''${answer:-$dispatchCurl ended with $? when it called $1}"
      fi
    }

    dispatchFacts() {
      facts=$(dispatchAsk self) || return
      printf '%s\n' "$facts" | while IFS='=' read -r key value; do
        case $1 in
          "") printf '%s=%s\n' "$key" "$value" ;;
          "$key") printf '%s\n' "$value" ;;
        esac
      done
    }

    dispatchSend() {
      message=''${1-}
      [ "$#" -eq 0 ] || shift
      for word; do
        shift
        case $word in
          *=*) set -- "$@" --data-urlencode "$word" ;;
          *) dispatchTell "group send $message: '$word' is not KEY=VALUE" || return ;;
        esac
      done
      [ "$#" -gt 0 ] || set -- --data ""
      dispatchAsk "send/$message" "$@"
    }

    dispatchGet() {
      name=''${1-}
      file=''${2?'group get needs NAME and FILE'}
      shift 2
      if ! dispatchCall "get/$(dispatchTarget "$name" "$@")" --output "$file"; then
        read -r why <"$file" || why="cannot get $name"
        : >"$file"
        dispatchTell "$why"
      fi
    }

    # NAME from=X key=Y as NAME?from=X&key=Y
    dispatchTarget() {
      target=''${1-}
      [ "$#" -eq 0 ] || shift
      separator='?'
      for word; do
        target=$target$separator$word
        separator='&'
      done
      printf '%s\n' "$target"
    }
  '';

  # Runs a member's own builder between its introduction to the group and the group's verdict.
  member = toFile "dispatch-member.sh" ''
    dispatchWho=$1
    dispatchCurl=$2
    dispatchRendezvous=$3
    dispatchSocket=''${4##*/}
    dispatchSocket=/run/dispatch/''${dispatchSocket%%-*}
    shift 4

    refuse() {
      printf 'dispatch: %s %s\n' "$dispatchWho" "$1" >&2
      exit 1
    }

    # With structured attributes, what others have in their environment stands in a file, of which older
    # Nix tells the path that it has outside of the sandbox.
    for attributes in "''${NIX_ATTRS_SH_FILE-}" "''${NIX_BUILD_TOP-}/.attrs.sh"; do
      [ -z "''${dispatchGroupId-}" ] && [ -r "$attributes" ] || continue
      while IFS= read -r line; do
        case $line in
          "declare dispatchGroupId="*) dispatchGroupId=''${line#*=} ;;
        esac
      done <"$attributes"
    done
    [ -n "''${dispatchGroupId-}" ] ||
      refuse "is built without the others, which tests nothing: build what joins them, by 'dispatch build'"
    [ -S "$dispatchSocket" ] ||
      refuse "finds no $dispatchSocket: nix.conf of this machine needs 'extra-sandbox-paths = /run/dispatch?'"

    # The tag in the build log proves that the token is this member's; nobody else is to see the token.
    introduce() {
      printf 'Authorization: Bearer %s\n' "$1" >"$dispatchAuthorization"
      printf '%s\n' "$2"
    }
    hello=$("$dispatchCurl" --silent --fail-with-body --unix-socket "$dispatchSocket" http://group/hello) ||
      refuse "cannot speak to the others: ''${hello:-$dispatchCurl ended with $?}"
    dispatchAuthorization=''${NIX_BUILD_TOP:-$PWD}/.dispatch-authorization
    (umask 077 && introduce $hello)

    export dispatchCurl dispatchRendezvous dispatchSocket dispatchAuthorization
    "$@" || exit
    . "$dispatchRendezvous"
    group commit
  '';

  /*
    Makes a derivation of any kind, by nixpkgs or by hand, the member of a group:
      mkMember { group = "can-bus"; role = "board"; size = 2; } (stdenv.mkDerivation { … })
    `size` is how many members the group has; roles may repeat. The derivation's builder runs as ever,
    and may use the functions above. It needs no feature but those in `features` and its own.
  */
  mkMember =
    {
      group,
      role,
      size,
      features ? [ ],
    }:
    drv:
    let
      own = drv.drvAttrs or (throw "mkMember: what is to be the role ${role} of the group ${group} is no derivation");
      outputs = own.outputs or [ "out" ];
      mainOutput = if elem "out" outputs then "out" else head outputs;
      who = "${own.name}, role ${role} of the group '${group}',";
    in
    derivation (
      own
      // {
        builder = shell;
        args = [ member who curl rendezvous (placeholder mainOutput) own.builder ] ++ own.args or [ ];
        dispatchGroup = group;
        dispatchRole = role;
        dispatchGroupSize = size;
        requiredSystemFeatures = own.requiredSystemFeatures or [ ] ++ [ feature ] ++ features;
      }
    )
    // (if drv ? meta then { inherit (drv) meta; } else { });

  /*
    What is asked for when a group is: depends on all members, and is a folder of links to them by their
    names in the group (the role, with a number behind it where several have that role).
      mkJoin { group = "can-bus"; members = [ board probe ]; }
    Any other derivation will do that has the attribute dispatchJoin = "can-bus" and uses all members.
  */
  mkJoin =
    {
      group,
      members,
      name ? group,
      system ? (head members).system,
    }:
    derivation {
      inherit name system;
      builder = shell;
      args = [ "-ec" linkAll "join" ] ++ concatMap linksTo (named members);
      PATH = path;
      dispatchJoin = group;
    };

  linkAll = ''
    mkdir "$out"
    while [ "$#" -gt 0 ]; do
      ln -s "$2" "$out/$1"
      shift 2
    done
  '';

  # Each output of a member behind the name of its link.
  linksTo =
    { name, member }:
    concatMap (output: [
      (if output == "out" then name else "${name}-${output}")
      member.${output}
    ]) (member.outputs or [ "out" ]);

  # Members with their names, as dispatch gives them.
  named =
    members:
    concatMap (
      role:
      let
        same = sort isBefore (filter (one: roleOf one == role) members);
        number = at: { name = "${role}.${toString (at + 1)}"; member = elemAt same at; };
      in
      if length same == 1 then [ { name = role; member = head same; } ] else genList number (length same)
    ) (distinct (map roleOf members));

  roleOf = drv: drv.dispatchRole or (throw "mkJoin: ${drv.name} is no member of a group");
  isBefore = a: b: if a.name == b.name then a.drvPath < b.drvPath else a.name < b.name;
  distinct = builtins.foldl' (known: one: if elem one known then known else known ++ [ one ]) [ ];
in
{
  inherit mkMember mkJoin;
}
