# What the picture in docs/ shows being built: names that everybody knows, and nothing behind them but sleep and talk.
let
  build =
    name: seconds: inputs:
    derivation {
      inherit name inputs;
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [
        "-euc"
        ''
          export PATH=/usr/bin
          phase() { printf '@nix {"action":"setPhase","phase":"%s"}\n' "$1" >&2; }
          phase unpackPhase
          echo "unpacking source archive $name.tar.xz"
          sleep 0.2
          phase configurePhase
          for header in stdint.h unistd.h pthread.h; do
            echo "checking for $header... yes"
            sleep ${toString (seconds / 12.0)}
          done
          phase buildPhase
          for part in core io net codec table main; do
            echo "cc -O2 -Wall -Iinclude -c src/$part.c -o $part.o"
            sleep ${toString (seconds / 9.0)}
          done
          phase installPhase
          echo "installing to $out"
          head -c 6000000 /dev/zero > $out
        ''
      ];
    };
in
rec {
  zlib = build "zlib-1.3.1" 2 [ ];
  openssl = build "openssl-3.0.14" 6 [ ];
  pcre = build "pcre2-10.43" 4 [ ];
  expat = build "expat-2.6.2" 2 [ ];
  sqlite = build "sqlite-3.46.0" 5 [ ];
  curl = build "curl-8.8.0" 4 [ zlib openssl ];
  git = build "git-2.45.2" 7 [ curl pcre expat zlib ];
  python = build "python3-3.12.4" 9 [ zlib openssl sqlite expat ];
  docs = build "sphinx-7.3.7" 3 [ python ];
  manual = build "manual" 3 [ docs git ];
  tests = build "tests" 4 [ git python ];
  world = build "world" 1 [ manual tests ];
}
