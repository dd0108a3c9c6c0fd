; The Companion may have turned off the banners that Jean itself shows, and could not turn them on again if it crashed or was ended by this
; uninstaller. It does so now, while Jean runs. An update keeps them as they are: the new version goes on where this one was.
!macro customUnInstall
  ${ifNot} ${isUpdated}
    ClearErrors
    ExecWait '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" --before-uninstall' $0
    ${if} $0 != 0
      MessageBox MB_OK|MB_ICONINFORMATION "Jean's own banners are still off, because Jean does not run or can't be reached. Turn them on in Jean's own settings." /SD IDOK
    ${endIf}
  ${endIf}
!macroend
