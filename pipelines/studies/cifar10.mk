# All attacks on CIFAR-10: with the same calls, steps and recipe, then each with its published settings.
ROWS      = $(studies)cifar10.rows
PUBLISHED = $(studies)published.rows
COLUMNS   = answers,answers.agreement,linear,linear.agreement,knn,knn200
TABLES    = $(TABLE) $(if $(PUBLISHED),$(PUBLISHED_TABLE))

include $(dir $(lastword $(MAKEFILE_LIST)))cifar10-victim.mk
