#!/bin/sh
# Runs as root before the package is removed. The Companion may have turned off the banners that Jean itself shows, and could not turn
# them on again if it crashed: for each person of this computer who has its settings, it does so now, as that person, while Jean runs.
# An update removes nothing, and nothing here keeps the package from being removed.
case "${1:-remove}" in remove | 0) ;; *) exit 0 ;; esac

program='/opt/Jean Ravi Companion/jean-ravi-companion'
command -v runuser >/dev/null 2>&1 && [ -x "$program" ] || exit 0

getent passwd | while IFS=: read -r name _ id _ _ home _; do
  [ "$id" -ge 1000 ] && [ -f "$home/.config/Jean Ravi Companion/settings.json" ] || continue
  runuser -u "$name" -- env -i HOME="$home" PATH="$PATH" timeout 15 "$program" --before-uninstall </dev/null || true
done
exit 0
