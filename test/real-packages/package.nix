# A package of C or C++ as a distribution makes one, with the machine's own compiler in the place of a standard
# environment: unpack the source, find the dependencies' headers and libraries, run what the package says.
{ sources }:
let
  system = builtins.currentSystem;

  # Nix kills a builder whose output has ended. Programs such as cp close theirs a moment before they exit, so none of
  # them may be what the shell turns into as its last command.
  finish = "\nexit 0\n";

  # A fixed-output derivation, as downloads are in every package set; here the file is on this machine already.
  fetch =
    file: sha256:
    derivation {
      name = file;
      inherit system;
      builder = "/bin/bash";
      args = [
        "-euc"
        "/bin/cp $downloaded $out${finish}"
      ];
      downloaded = builtins.path {
        name = "downloaded";
        path = sources + "/${file}";
        recursive = false;
        inherit sha256;
      };
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = sha256;
    };

  prepare = ''
    export CFLAGS="-O0 -fPIC" CPPFLAGS= LDFLAGS=
    for package in $dependencies; do
      if [ -e $package/include ]; then CPPFLAGS="$CPPFLAGS -I$package/include"; fi
      if [ -e $package/lib ]; then LDFLAGS="$LDFLAGS -L$package/lib -Wl,-rpath,$package/lib"; fi
    done
    say() { echo "$name: $*"; }
    if [ -n "$source" ]; then
      say "unpacking $source"
      tar --extract --file $source
      cd */
    fi
  '';
in
{
  inherit fetch;

  package =
    {
      name,
      script,
      source ? "",
      dependencies ? [ ],
      outputs ? [ "out" ],
    }:
    derivation {
      inherit
        name
        system
        source
        dependencies
        outputs
        ;
      builder = "/bin/bash";
      args = [
        "-euo"
        "pipefail"
        "-c"
        (prepare + script + finish)
      ];
      PATH = "/usr/bin";
      SOURCE_DATE_EPOCH = "1";
    };
}
